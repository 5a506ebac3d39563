import type { OfferedType } from '@holdfast/core/lists';
import { SegmentedControl, Select, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { parties } from '../api/queries.ts';
import { Asked, Page } from '../parts/page.tsx';
import { issuedTypes } from './issuer-types.ts';
import { ListForm } from './list-form.tsx';
import { OfferForm } from './offer-form.tsx';

/** Offers of credentials by the issuers of this origin, as their own metadata describes them. */
export function IssuePage() {
  const query = useQuery(parties);
  const [chosen, setChosen] = useState<string | null>(null);
  return (
    <Page
      title="Issue"
      lead="An offer is taken up by the person's own wallet, by its code or link. Whoever has it first has it."
    >
      <Asked query={query}>
        {({ parties: known }) => {
          const own = known
            .filter(({ id }) => id.startsWith(`${location.origin}/i/`))
            .map(({ id, name }) => ({ value: id.slice(`${location.origin}/i/`.length), label: name ?? id }));
          const tenant = chosen ?? own[0]?.value;
          if (tenant === undefined) return <Text c="dimmed">No issuer is run here.</Text>;
          return (
            <Stack>
              <Select label="Issuer" data={own} value={tenant} onChange={setChosen} allowDeselect={false} maw={420} />
              <Types key={tenant} tenant={tenant} />
            </Stack>
          );
        }}
      </Asked>
    </Page>
  );
}

function Types({ tenant }: { readonly tenant: string }) {
  const query = useQuery(issuedTypes(tenant));
  const [chosen, setChosen] = useState<string | null>(null);
  return (
    <Asked query={query}>
      {(types) => {
        const type = types.find(({ id }) => id === chosen) ?? types[0];
        if (type === undefined) return <Text c="dimmed">This issuer has no type of credential yet.</Text>;
        return (
          <Stack>
            <Select
              label="Type"
              description={type.description}
              data={types.map(({ id, name }) => ({ value: id, label: name }))}
              value={type.id}
              onChange={setChosen}
              allowDeselect={false}
              maw={420}
            />
            <ToWhom key={type.id} tenant={tenant} type={type} />
          </Stack>
        );
      }}
    </Asked>
  );
}

function ToWhom({ tenant, type }: { readonly tenant: string; readonly type: OfferedType }) {
  const [to, setTo] = useState('one');
  return (
    <Stack>
      <SegmentedControl
        aria-label="To whom"
        value={to}
        onChange={setTo}
        maw={420}
        data={[
          { value: 'one', label: 'To one person' },
          { value: 'many', label: 'To a list of people' },
        ]}
      />
      {to === 'one' ? <OfferForm tenant={tenant} type={type} /> : <ListForm tenant={tenant} type={type} />}
    </Stack>
  );
}
