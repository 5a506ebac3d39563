import { useLayoutEffect } from 'react';

/**
 * Beside the first page: once that stands in the document, and before it is painted, what the server had drawn goes. What was
 * typed into the drawn door stands in the one that replaces it, and whoever was in it types on.
 */
export function TakeOver() {
  useLayoutEffect(() => {
    const drawn = document.getElementById('first');
    const typed = drawn?.querySelector('input');
    const hadFocus = typed !== undefined && document.activeElement === typed;
    drawn?.remove();
    const field = document.querySelector<HTMLInputElement>('input[autocomplete="current-password"]');
    if (typed === undefined || typed === null || field === null) return;
    if (hadFocus) field.focus();
    if (typed.value === '') return;
    // Past the field's own property, by which React would take the change for one of its own.
    Reflect.set(HTMLInputElement.prototype, 'value', typed.value, field);
    field.dispatchEvent(new Event('input', { bubbles: true }));
  }, []);
  return null;
}
