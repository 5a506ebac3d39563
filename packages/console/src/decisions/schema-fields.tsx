import { NumberInput, Select, SimpleGrid, TextInput } from '@mantine/core';
import { useState } from 'react';

/** What is read of one member of a schema: whether it may be left out, what it may be, and of which kind. */
type Field = {
  readonly def: { readonly type: string; readonly innerType?: Field };
  readonly options?: readonly string[];
};

/** Fields for a flat schema, one for each member: a choice, a number or a text. What is empty is left out. */
export function SchemaFields({
  schema,
  onChange,
}: {
  readonly schema: { readonly shape: Readonly<Record<string, unknown>> };
  readonly onChange: (value: Readonly<Record<string, unknown>>) => void;
}) {
  const [filled, setFilled] = useState<Readonly<Record<string, unknown>>>({});
  const set = (name: string, value: unknown) => {
    const { [name]: _, ...others } = filled;
    const next = value === '' || value === null ? others : { ...others, [name]: value };
    setFilled(next);
    onChange(next);
  };
  return (
    <SimpleGrid cols={{ base: 1, sm: 2 }}>
      {Object.entries(schema.shape).map(([name, field]) => (
        <OneField key={name} name={name} field={field as Field} value={filled[name]} onChange={(to) => set(name, to)} />
      ))}
    </SimpleGrid>
  );
}

function OneField(props: {
  readonly name: string;
  readonly field: Field;
  readonly value: unknown;
  readonly onChange: (value: unknown) => void;
}) {
  const { name, field, value, onChange } = props;
  const isOptional = field.def.type === 'optional';
  const inner = isOptional ? (field.def.innerType ?? field) : field;
  const label = isOptional ? `${name} (if any)` : name;
  if (inner.options !== undefined) {
    return <Select label={label} data={[...inner.options]} value={(value as string) ?? null} onChange={onChange} />;
  }
  if (inner.def.type === 'number') {
    return (
      <NumberInput
        label={label}
        value={(value as number) ?? ''}
        onChange={(next) => onChange(next === '' ? '' : Number(next))}
        allowDecimal={false}
      />
    );
  }
  return (
    <TextInput
      label={label}
      value={(value as string) ?? ''}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}
