import type { Mutant } from '../mutant.ts';

/** Wrong versions of taking orders of holders. */
export const ORDER_MUTANTS: readonly Mutant[] = [
  {
    name: 'an order is named by its signature',
    file: 'packages/server/src/roles/cashier/cashier.ts',
    find: 'const command = transferOfOrder(order, key);',
    replace: "const command = { ...transferOfOrder(order, key), id: ('order.' + text.slice(-43)) as any };",
    mode: 'orders',
    noticedBy: ['one-order-one-transfer'],
  },
  {
    name: 'two orders of the same are one',
    file: 'packages/core/src/ledger/order.ts',
    find: 'canonicalJson([ORDER_LABEL, thumbprint(key), order])',
    replace: "canonicalJson([ORDER_LABEL, thumbprint(key), { ...order, salt: '', amount: '', expiresAt: 0 }])",
    mode: 'orders',
    noticedBy: ['one-order-one-transfer', 'every-order-is-answered'],
  },
  {
    name: 'whoever names a key orders for it',
    file: 'packages/server/src/roles/cashier/cashier.ts',
    find: "if (isGenuine !== true) throw new CodedError('order.signature'",
    replace: "if (isGenuine === undefined) throw new CodedError('order.signature'",
    mode: 'orders',
    noticedBy: ['only-its-key-moves-an-account'],
  },
  {
    name: 'an order is good after its time',
    file: 'packages/server/src/roles/cashier/cashier.ts',
    find: 'if (known === undefined) throw expired(expiresAt);',
    replace: '',
    mode: 'orders',
    noticedBy: ['done-only-where-and-while-it-says'],
  },
  {
    name: 'an order for one ledger is carried out at another',
    file: 'packages/server/src/roles/cashier/cashier.ts',
    find: 'if (order.ledger !== party) {',
    replace: 'if (order.ledger === party && party === undefined) {',
    mode: 'orders',
    noticedBy: ['done-only-where-and-while-it-says'],
  },
  {
    name: 'who was paid by a holder may spend what is not there',
    file: 'packages/server/src/roles/cashier/cashier.ts',
    find: 'asset, rule }]);',
    replace: "asset, rule: 'none' }]);",
    mode: 'orders',
    noticedBy: ['never-more-than-is-there'],
  },
  {
    name: 'whoever asked is never told when the answer was lost',
    file: 'packages/server/src/roles/cashier/cashier.ts',
    find: 'const [isGenuine] = await engine.verify([check]);',
    replace: "const [isGenuine] = results[0]?.answer === 'exists' ? [false] : await engine.verify([check]);",
    mode: 'orders',
    noticedBy: ['every-order-is-answered', 'one-order-one-transfer'],
  },
];
