import type { Proposal } from '@holdfast/server/answers';
import { useMutation } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { ask } from '../api/ask.ts';

/** Opens a decision and goes to where it is signed. */
export function useOpening() {
  const navigate = useNavigate();
  return useMutation({
    mutationFn: (request: object) => ask<Proposal>('/decisions', 'POST', request, true),
    onSuccess: ({ id }) => navigate({ to: '/decisions/$id', params: { id } }),
  });
}
