import { documentTypes } from '../atlas/api/document-types.ts';

/** Instructions in the address of a file; the sandbox never downloads one. */
export interface Hint {
  readonly documentType: string | null;
  /** The link does not lead to a file. */
  readonly isBroken: boolean;
  /** Too poor a picture to tell what it is. */
  readonly isUnreadable: boolean;
  /** An open-box photo with more than one face on it (CONTRACT 3.4). */
  readonly isInvalid: boolean;
  /** Of somebody else, so that cross-checks score low. */
  readonly isMismatch: boolean;
  /** Carries members that nobody documented. */
  readonly isDrift: boolean;
  /** Shows the whole Aadhaar number (CONTRACT K8). */
  readonly isUnmasked: boolean;
}

/** A word in a file's name that says more than the type of its paper. */
export interface FileHint {
  readonly word: string;
  readonly tells: Exclude<keyof Hint, 'documentType'>;
  /** The effect, in the words of `docs/sandbox.md`. */
  readonly happens: string;
}

/** Every such word; `docs/sandbox.md` lists them. */
export const fileHints: readonly FileHint[] = [
  {
    word: 'broken-link',
    tells: 'isBroken',
    happens: 'The file cannot be downloaded: `UPLOAD_FAILED`.',
  },
  {
    word: 'blurred',
    tells: 'isUnreadable',
    happens: "Its type can't be recognised: `UNRECOGNISED`.",
  },
  {
    word: 'unknown',
    tells: 'isUnreadable',
    happens: 'It is a paper of an unknown type: `UNRECOGNISED`.',
  },
  {
    word: 'open-box',
    tells: 'isInvalid',
    happens: 'A photo of an open box shows more than one face: `INVALID_DOC`.',
  },
  {
    word: 'two-faces',
    tells: 'isInvalid',
    happens: 'There is more than one face on it: `INVALID_DOC`.',
  },
  {
    word: 'mismatch',
    tells: 'isMismatch',
    happens: 'It is the paper of somebody else, so that cross-checks score low.',
  },
  {
    word: 'drift',
    tells: 'isDrift',
    happens: 'There are fields on it that are not documented.',
  },
  {
    word: 'unmasked',
    tells: 'isUnmasked',
    happens: 'Atlas shows the whole Aadhaar number; the gateway must not.',
  },
];

/** Names in common use beside the catalogue's own. */
const aliases: readonly (readonly [words: string, type: string])[] = [
  ['aadhar', 'AADHAAR'],
  ['dl', 'DRIVING_LICENSE'],
  ['driving licence', 'DRIVING_LICENSE'],
  ['licence', 'DRIVING_LICENSE'],
  ['license', 'DRIVING_LICENSE'],
  ['voter', 'VOTER_ID'],
  ['gst', 'GST_CERT'],
  ['udyam', 'UDYAM_CERT'],
  ['shop act', 'SHOP_ACT_LICENSE'],
  ['statement', 'BANK_STATEMENT'],
];

/** Every name with its type, the longest first: `tax-invoice` is not an invoice. */
const namesOfTypes = [
  ...documentTypes.map((row) => [toWords(row.type), row.type] as const),
  ...aliases,
].toSorted(([a], [b]) => b.length - a.length);

/**
 * Reads the path of a file's address, without query and case: the file's name first, then the
 * folders from the inside out. Everything but the type is read from the file's name alone.
 */
export function toHint(fileUrl: string): Hint {
  const path = URL.canParse(fileUrl) ? new URL(fileUrl) : undefined;
  const segments = (path?.pathname ?? fileUrl).split('/').map(toWords).reverse();
  const fileName = segments[0] ?? '';
  const isTold = (what: FileHint['tells']) =>
    fileHints.some(({ word, tells }) => tells === what && says(fileName, toWords(word)));
  return {
    documentType: segments.map(typeIn).find((type) => type !== undefined) ?? null,
    isBroken: !path?.protocol.startsWith('http') || isTold('isBroken'),
    isUnreadable: isTold('isUnreadable'),
    isInvalid: isTold('isInvalid'),
    isMismatch: isTold('isMismatch'),
    isDrift: isTold('isDrift'),
    isUnmasked: isTold('isUnmasked'),
  };
}

function typeIn(words: string): string | undefined {
  return namesOfTypes.find(([name]) => says(words, name))?.[1];
}

/** `PAN-2_front.jpg` becomes `pan 2 front jpg`. */
function toWords(text: string): string {
  return (text.toLowerCase().match(/[a-z]+|\d+/g) ?? []).join(' ');
}

function says(words: string, phrase: string): boolean {
  return ` ${words} `.includes(` ${phrase} `);
}
