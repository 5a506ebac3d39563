import '@mantine/charts/styles.css';
import type { LedgerAuditAnswer, ProgramAnswer } from '@holdfast/server/answers';
import { BarChart } from '@mantine/charts';
import { Alert, List, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { ledgerAudit } from '../api/queries.ts';
import { Listing } from '../parts/listing.tsx';
import { amountOf, inUnits } from '../parts/money-words.ts';
import { Section } from '../parts/page.tsx';
import { usePart } from '../parts/use-part.ts';
import { moneyOf, moneyStates } from './program-money.ts';
import { nameOf } from './program-words.ts';

/** Where the money of all programs is, and the sum of the ledger that must be zero. */
export function MoneyByState({ programs }: { readonly programs: readonly ProgramAnswer[] }) {
  const audit = useQuery({ ...ledgerAudit, enabled: usePart('ledger') }).data;
  const rows = programs.map((answer) => ({
    id: answer.program.id,
    title: nameOf(answer.program, programs),
    asset: answer.program.asset,
    budget: BigInt(answer.program.budget),
    of: new Map(moneyOf(answer).map(({ name, total }) => [name, total])),
  }));
  const [first] = rows;
  return (
    <Section title="Money by state">
      {audit === undefined ? null : <Zero audit={audit} />}
      {first === undefined ? null : (
        <>
          <div aria-hidden="true">
            <BarChart
              h={120 + 40 * Math.min(rows.length, MAX_BARS)}
              orientation="vertical"
              type="percent"
              data={rows.slice(0, MAX_BARS).map(({ title, asset, of }) => ({ title, ...sharesOf(of, asset) }))}
              dataKey="title"
              series={moneyStates.map((name, i) => ({ name, color: COLOURS[i] ?? 'teal.7' }))}
              withLegend
              yAxisProps={{ width: 130 }}
              barProps={{ isAnimationActive: false }}
              barChartProps={{ accessibilityLayer: false }}
            />
          </div>
          <Listing
            name="Money by state"
            rows={rows}
            columns={[
              { id: 'program', header: 'Program', value: ({ title }) => title },
              ...moneyStates.map((name) => ({
                ...{ id: name, header: name, isNumber: true },
                value: ({ of, asset }: (typeof rows)[number]) => amountOf(of.get(name) ?? 0n, asset),
              })),
              {
                ...{ id: 'budget', header: 'together, its budget', isNumber: true },
                value: ({ budget, asset }) => amountOf(budget, asset),
              },
            ]}
            rowKey={({ id }) => id}
            empty=""
          />
        </>
      )}
    </Section>
  );
}

/** Programs that have a bar; all have their row. */
const MAX_BARS = 12;
const COLOURS = ['indigo.5', 'orange.6', 'teal.7', 'teal.9', 'gray.5'];

/** Shares to be drawn, in whole units: what is counted stands in the table. */
function sharesOf(of: ReadonlyMap<string, bigint>, asset: ProgramAnswer['program']['asset']) {
  return Object.fromEntries([...of].map(([name, total]) => [name, inUnits(total, asset)]));
}

function Zero({ audit: { holds, assets } }: { readonly audit: LedgerAuditAnswer }) {
  return (
    <Alert
      variant="outline"
      color={holds ? 'teal' : 'red'}
      role="status"
      title={holds ? 'The sum of all accounts is zero' : 'THE SUM OF ALL ACCOUNTS IS NOT ZERO'}
    >
      {assets.length === 0 ? <Text>Nothing has moved yet.</Text> : null}
      {assets.map(({ asset: code, decimals, accounts, ...sums }) => {
        const asset = { code, decimals };
        const words = (credits: string, debits: string) =>
          `credits ${amountOf(credits, asset)} less debits ${amountOf(debits, asset)} is ${amountOf(BigInt(credits) - BigInt(debits), asset)}`;
        return (
          <List key={code} spacing={2}>
            <List.Item>
              Paid, over {accounts.toLocaleString('en')} accounts in {code}:{' '}
              {words(sums.creditsPosted, sums.debitsPosted)}.
            </List.Item>
            <List.Item>Reserved: {words(sums.creditsPending, sums.debitsPending)}.</List.Item>
          </List>
        );
      })}
    </Alert>
  );
}
