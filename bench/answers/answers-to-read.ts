import { toExtracts } from '../http/papers.ts';

type Fields = Readonly<Record<string, unknown>>;

const person = { name: 'TEST PERSON', date_of_birth: '13/01/1990' };
const shop = 'SHOP 4, MARKET ROAD, TESTPUR 411001';

/** Papers as applications have them, with dates, pincodes, amounts and numbers of documents. */
const papers: readonly (readonly [type: string, fields: Fields])[] = [
  ['PAN', { ...person, name_as_per_pan: 'TEST PERSON', pan_number: 'AAAPZ0000A' }],
  ['VOTER_ID', { ...person, voter_id: 'XXX000001', address: `12 SAMPLE ROAD, ${shop}` }],
  ['AADHAAR', { ...person, aadhaar_number: '**** **** 0094' }],
  [
    'DRIVING_LICENSE',
    {
      ...person,
      dl_number: 'XX00 20110012345',
      issue_date: '05/06/2015',
      valid_till: '04/06/2035',
    },
  ],
  ['GST_CERT', { gst_number: '00AAAPZ0000A0Z0', legal_name: 'TEST TRADERS', address: shop }],
  [
    'INVOICE',
    {
      customer_name: 'TEST PERSON',
      dealer_address: shop,
      invoice_number: 'INV-2026-00123',
      invoice_date: '15/01/2026',
      total_amount: '1,25,000.00',
      chassis_number: 'MA3XXX12S00123456',
    },
  ],
];
const redactUrl = 'https://files.example/redacted/1.jpg?X-Date=20260115&X-Signature=a%2Fb';

/** Texts of `GET /v3/verification/extracts`, by what is in them. */
export const answersToRead: readonly (readonly [what: string, text: string])[] = [
  ['Q2: 6 documents, 5 cross-checks', JSON.stringify(toExtracts(6, 4))],
  ['6 documents, one an Aadhaar card', toText(6, papers)],
  ['20 documents, none an Aadhaar card', toText(20, papers.toSpliced(2, 1))],
  ['20 documents, three of them Aadhaar cards', toText(20, papers)],
];

function toText(count: number, of: typeof papers): string {
  const ocrData = Array.from({ length: count }, (_, at) => {
    const [type, fields] = of[at % of.length] ?? ['', {}];
    return toEntry(at, type, fields);
  });
  return JSON.stringify({ ocr_data: ocrData, cross_checks: [] });
}

/** An entry with ids as Atlas gives them out (CONTRACT 4.2), and each field in its envelope (10.1). */
function toEntry(at: number, type: string, fields: Fields): unknown {
  const enveloped = Object.entries(fields).map(([name, value]) => [
    name,
    {
      value,
      confidence_score: 0.97,
      ...(name === 'aadhaar_number' ? { redact_url: redactUrl } : {}),
    },
  ]);
  return {
    document_id: `doc-${at}`,
    file_uuid: `1b9e4a70-52c1-4d0f-8f36-2c7705a1be${10 + at}`,
    batch_id: 'BATCH-10482-QWERT-20260115093000',
    error_code: '',
    error_reason: '',
    document_type: type,
    ...Object.fromEntries(enveloped),
  };
}
