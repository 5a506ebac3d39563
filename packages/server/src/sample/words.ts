import type { Rulebook } from '@holdfast/core';

type Worded = { readonly text: string; readonly in: Readonly<Record<'es' | 'de' | 'ar', string>> };
const inAll = (text: string, es: string, de: string, ar: string): Worded => ({ text, in: { es, de, ar } });

/** What the sample calls itself, and its program. */
export const SAMPLE_TITLE = inAll('Sample network', 'Red de muestra', 'Beispielnetz', 'شبكة تجريبية');
export const WINTER_RELIEF_TITLE = inAll('Winter relief', 'Ayuda de invierno', 'Winterhilfe', 'مساعدة الشتاء');

/** Reasons that people are given, in the languages of their pages. Short: a rulebook is one entry of the log. */
export const TOLD_CLASSES = {
  'residence-ended': inAll('residence ended', 'fin de la residencia', 'Wohnsitz beendet', 'انتهت الإقامة'),
  'key-compromise': inAll(
    'a key was compromised',
    'una clave en malas manos',
    'ein Schlüssel in falschen Händen',
    'مفتاح في أيدٍ أخرى',
  ),
  'issued-in-error': inAll('issued in error', 'emitida por error', 'irrtümlich ausgestellt', 'صدرت بالخطأ'),
  'holder-request': inAll('at the request of the holder', 'a petición propia', 'auf eigenen Wunsch', 'بطلب من صاحبها'),
  'under-review': inAll('under review', 'en revisión', 'wird geprüft', 'قيد المراجعة'),
} as const;

/** Those that there are besides where somebody judges. */
export const TOLD_CASE_CLASSES = {
  'wrongly-suspended': inAll('suspended wrongly', 'pausada por error', 'zu Unrecht gesperrt', 'أُوقفت بالخطأ'),
  'wrongly-revoked': inAll('revoked wrongly', 'retirada por error', 'zu Unrecht widerrufen', 'سُحبت بالخطأ'),
  'wrongly-refused': inAll('refused wrongly', 'rechazada por error', 'zu Unrecht abgelehnt', 'رُفضت بالخطأ'),
  'manual-review': inAll('reviewed by hand', 'revisión a mano', 'von Hand geprüft', 'مراجعة يدوية'),
  contradiction: inAll(
    'officers contradict each other',
    'responsables en desacuerdo',
    'Zuständige sind uneins',
    'خلاف بين المسؤولين',
  ),
  'payment-corrected': inAll('a payment is corrected', 'pago corregido', 'Zahlung berichtigt', 'تصحيح دفعة'),
} as const;

/** Whom people wait for in a case. */
export const SAMPLE_ROLES: NonNullable<Rulebook['roles']> = [
  { id: 'revoker', ...inAll('credentials desk', 'oficina de credenciales', 'Stelle für Nachweise', 'مكتب الوثائق') },
  { id: 'treasurer', ...inAll('payments desk', 'oficina de pagos', 'Zahlstelle', 'مكتب الدفعات') },
  { id: 'steward', ...inAll('steward', 'supervisor', 'Aufsicht', 'المشرف') },
  { id: 'reviewer', ...inAll('reviewers', 'revisores', 'Prüfende', 'المراجعون') },
];

export const SAMPLE_CONTACT: NonNullable<Rulebook['contact']> = {
  name: 'Sample residents’ desk',
  mail: 'desk@sample.example',
  place: 'town hall, room 1',
  in: {
    es: { name: 'Oficina vecinal', place: 'ayuntamiento, sala 1' },
    de: { name: 'Bürgerbüro', place: 'Rathaus, Zimmer 1' },
    ar: { name: 'مكتب السكان', place: 'مبنى البلدية، غرفة 1' },
  },
};
