import { Button, Checkbox, Group, Select, SimpleGrid, Stack, Text, TextInput } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { encode } from 'uqr';
import { ask } from '../api/ask.ts';
import { parties } from '../api/queries.ts';
import { Asked, Failure, Page, Section } from '../parts/page.tsx';

type Claim = {
  readonly path: readonly string[];
  readonly mandatory?: boolean;
  readonly display?: readonly { readonly name: string }[];
};
type Metadata = {
  readonly credential_configurations_supported: Readonly<
    Record<
      string,
      {
        readonly credential_metadata?: {
          readonly display?: readonly { readonly name?: string; readonly description?: string }[];
          readonly claims?: readonly Claim[];
        };
      }
    >
  >;
};
type Offer = { readonly id: string; readonly offerUri: string; readonly txCode?: string };

/** Offers of credentials by the issuers of this origin, as their own metadata describes them. */
export function IssuePage() {
  const known = useQuery(parties).data?.parties ?? [];
  const own = known
    .filter(({ id }) => id.startsWith(`${location.origin}/i/`))
    .map(({ id, name }) => ({ value: id.slice(`${location.origin}/i/`.length), label: name ?? id }));
  const [chosen, setChosen] = useState<string | null>(null);
  const tenant = chosen ?? own[0]?.value;
  return (
    <Page
      title="Issue"
      lead="An offer is taken up by the person's own wallet, by its code or link. Whoever has it first has it."
    >
      {tenant === undefined ? (
        <Text c="dimmed">No issuer is run here.</Text>
      ) : (
        <>
          <Select label="Issuer" data={own} value={tenant} onChange={setChosen} allowDeselect={false} maw={420} />
          <Types key={tenant} tenant={tenant} />
        </>
      )}
    </Page>
  );
}

function Types({ tenant }: { readonly tenant: string }) {
  const query = useQuery({
    queryKey: ['issuer', tenant],
    queryFn: () => ask<Metadata>(`/.well-known/openid-credential-issuer/i/${encodeURIComponent(tenant)}`),
  });
  const [type, setType] = useState<string | null>(null);
  return (
    <Asked query={query}>
      {({ credential_configurations_supported: types }) => {
        const names = Object.keys(types);
        const shown = type ?? names[0] ?? '';
        const about = types[shown]?.credential_metadata;
        return (
          <Stack>
            <Select
              label="Type"
              description={about?.display?.[0]?.description}
              data={names.map((name) => ({
                value: name,
                label: types[name]?.credential_metadata?.display?.[0]?.name ?? name,
              }))}
              value={shown}
              onChange={setType}
              allowDeselect={false}
              maw={420}
            />
            <OfferForm key={shown} tenant={tenant} type={shown} claims={about?.claims ?? []} />
          </Stack>
        );
      }}
    </Asked>
  );
}

function OfferForm({
  tenant,
  type,
  claims,
}: {
  readonly tenant: string;
  readonly type: string;
  readonly claims: readonly Claim[];
}) {
  const [values, setValues] = useState<Readonly<Record<string, string>>>({});
  const [label, setLabel] = useState('');
  const [hasCode, setCode] = useState(true);
  const offer = useMutation({
    mutationFn: () => {
      const filled = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== ''));
      const body = { type, claims: filled, txCode: hasCode, ...(label === '' ? {} : { label }) };
      return ask<Offer>(`/i/${encodeURIComponent(tenant)}/offers`, 'POST', body, true);
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
          {claims.map(({ path, mandatory, display }) => {
            const name = path.join('.');
            return (
              <TextInput
                key={name}
                label={display?.[0]?.name ?? name}
                required={mandatory === true}
                value={values[name] ?? ''}
                onChange={(event) => setValues({ ...values, [name]: event.currentTarget.value })}
              />
            );
          })}
          <TextInput
            label="Label"
            description="Only you know it: by it the credential is found again"
            value={label}
            onChange={(event) => setLabel(event.currentTarget.value)}
          />
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
