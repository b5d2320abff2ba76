import { numberFrom } from './digest.ts';

/** The invented person, shop and paper numbers that the documents of one flow speak of. */
export interface Applicant {
  readonly name: string;
  readonly fatherName: string;
  readonly dateOfBirth: string;
  readonly gender: string;
  readonly address: Address;
  readonly dealerAddress: Address;
  readonly businessName: string;
  readonly panNumber: string;
  /** Two digits, for the papers that carry a number. */
  readonly digits: string;
}

/** An address in the parts of CONTRACT 10.2. */
export interface Address {
  readonly line1: string;
  readonly city: string;
  readonly state: string;
  readonly postcode: string;
}

const ones = ['ZERO', 'ONE', 'TWO', 'THREE', 'FOUR', 'FIVE', 'SIX', 'SEVEN', 'EIGHT', 'NINE'];

/**
 * The applicant of a seed: always the same one, and nobody real. Post codes begin with 00, PAN
 * numbers count 0000: neither is ever given out.
 */
export function applicantFor(seed: string): Applicant {
  const number = numberFrom(seed, 100);
  const words = `${ones[Math.floor(number / 10)]} ${ones[number % 10]}`;
  const digits = twoDigits(number);
  return {
    name: `TEST PERSON ${words}`,
    fatherName: `SAMPLE PARENT ${words}`,
    dateOfBirth: `${twoDigits(1 + numberFrom(`${seed}/day`, 28))}/${twoDigits(1 + numberFrom(`${seed}/month`, 12))}/${1960 + numberFrom(`${seed}/year`, 40)}`,
    gender: numberFrom(`${seed}/gender`, 2) === 0 ? 'FEMALE' : 'MALE',
    address: toAddress(`${number + 1} SAMPLE ROAD`, 'TESTPUR', `0000${digits}`),
    dealerAddress: toAddress(`SHOP ${number + 1}, EXAMPLE MARKET`, 'TESTPUR', `0001${digits}`),
    businessName: `SAMPLE TRADERS ${words}`,
    panNumber: `AAAPZ0000${String.fromCharCode(65 + (number % 26))}`,
    digits,
  };
}

/** A person who differs from every applicant in everything that is compared. */
export const stranger: Applicant = {
  name: 'QUITE ANOTHER HOLDER',
  fatherName: 'QUITE ANOTHER PARENT',
  dateOfBirth: '31/12/2222',
  gender: 'OTHER',
  address: toAddress('LOT 777 FICTION BOULEVARD', 'NOWHEREVILLE', '000777'),
  dealerAddress: toAddress('UNIT 888, IMAGINARY ARCADE', 'NOWHEREVILLE', '000888'),
  businessName: 'IMAGINARY GOODS',
  panNumber: 'ZZZPZ0000Z',
  digits: '77',
};

/** An address as one line, the way it stands on paper. */
export function toOneLine(address: Address): string {
  return `${address.line1}, ${address.city}, ${address.postcode}`;
}

function toAddress(line1: string, city: string, postcode: string): Address {
  return { line1, city, state: 'SAMPLE STATE', postcode };
}

function twoDigits(number: number): string {
  return String(number).padStart(2, '0');
}
