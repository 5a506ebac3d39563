import type { OfferedType } from '@holdfast/core/lists';
import { Button, Checkbox, Group, SimpleGrid, Stack, Text, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { encode } from 'uqr';
import { ask } from '../api/ask.ts';
import { Failure, Section } from '../parts/page.tsx';
import { OpenFor, termsOf } from './open-for.tsx';

type Offer = { readonly id: string; readonly offerUri: string; readonly txCode?: string };

/** One offer, to be scanned by the person in front of the desk or sent to them. */
export function OfferForm({ tenant, type }: { readonly tenant: string; readonly type: OfferedType }) {
  const [values, setValues] = useState<Readonly<Record<string, string>>>({});
  const [label, setLabel] = useState('');
  const [hasCode, setCode] = useState(true);
  const [openFor, setOpenFor] = useState('short');
  const offer = useMutation({
    mutationFn: () => {
      const filled = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== ''));
      const body = { type: type.id, claims: filled, txCode: hasCode, ...termsOf(openFor) };
      const named = label === '' ? body : { ...body, label };
      return ask<Offer>(`/i/${encodeURIComponent(tenant)}/offers`, 'POST', named, true);
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    offer.mutate();
  };
  return (
    <form onSubmit={submit}>
      <Stack align="start" maw={640}>
        <SimpleGrid cols={{ base: 1, xs: 2 }} w="100%">
          {type.claims.map(({ name, title, mandatory }) => (
            <TextInput
              key={name}
              label={title ?? name}
              required={mandatory}
              value={values[name] ?? ''}
              onChange={(event) => setValues({ ...values, [name]: event.currentTarget.value })}
            />
          ))}
          <TextInput
            label="Label"
            description="Only you know it: by it the credential is found again"
            value={label}
            onChange={(event) => setLabel(event.currentTarget.value)}
          />
          <OpenFor value={openFor} onChange={setOpenFor} />
        </SimpleGrid>
        <Checkbox
          label="Ask for a code that the person is given another way"
          checked={hasCode}
          onChange={(event) => setCode(event.currentTarget.checked)}
        />
        <Button type="submit" loading={offer.isPending}>
          Make an offer to 1 person
        </Button>
        {offer.error === null ? null : <Failure error={offer.error} title="Not offered" />}
        {offer.data === undefined ? null : <Made offer={offer.data} />}
      </Stack>
    </form>
  );
}

function Made({ offer: { offerUri, txCode } }: { readonly offer: Offer }) {
  return (
    <Section title="The offer">
      <Group align="start">
        <QrCode text={offerUri} />
        <Stack maw={360}>
          <Text>The person scans this with their wallet, or opens the link.</Text>
          <Text className="digest">{offerUri}</Text>
          {txCode === undefined ? null : (
            <Text>
              Tell them this code another way: <strong>{txCode}</strong>
            </Text>
          )}
        </Stack>
      </Group>
    </Section>
  );
}

/** Dark on light in both themes: cameras want it so. */
function QrCode({ text }: { readonly text: string }) {
  const { data, size } = encode(text, { border: 4 });
  const path = data.flatMap((row, y) => row.map((isDark, x) => (isDark ? `M${x} ${y}h1v1h-1z` : ''))).join('');
  return (
    <svg
      width={240}
      height={240}
      viewBox={`0 0 ${size} ${size}`}
      role="img"
      aria-label="The offer as a QR code"
      shapeRendering="crispEdges"
    >
      <rect width={size} height={size} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  );
}
