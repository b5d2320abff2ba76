/**
 * True for a word or code that can't be a name or an identifier of a person: it is made of words of
 * documents and their processing, single letters, and at most four digits. `DL_EXPIRED`, `E1001`,
 * `monthly_income` and `422` are codes; `RAVI_KUMAR`, a PAN or an account number is none. The words are
 * listed, because by its form alone a name is a code as well.
 */
export function isCode(text: string): boolean {
  if (text.length > mostLetters || !/^[\w.-]+$/.test(text)) return false;
  const digits = text.match(/\d/g)?.length ?? 0;
  const pieces = wordsOf(text);
  if (pieces.length === 0) return digits > 0 && digits <= 3;
  const letters = pieces.filter((piece) => piece.length === 1).length;
  if (digits > mostDigits || letters > 1) return false;
  const named = pieces.filter((piece) => piece.length > 1);
  if (!named.every((piece) => words.has(piece) || alsoNames.has(piece))) return false;
  return named.length === 0 || named.some((piece) => words.has(piece));
}

const mostLetters = 96;
const mostDigits = 4;

/** The words of a code, in small letters: `customerName`, `CUSTOMER_NAME` and `customer.name` alike. */
function wordsOf(text: string): string[] {
  const parted = text
    .replace(/([a-z\d])([A-Z])/g, '$1_$2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1_$2');
  return parted.toLowerCase().match(/[a-z]+/g) ?? [];
}

const toWords = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

/** Words that may be a person's name too: a code has another word beside them. */
const alsoNames = toWords('bill page price gold ward park road street basis');

/** Words of documents, of their fields, and of how they are processed; none is a person's name. */
const words = toWords(`
  a ac access checks account accounting accounts acknowledgement across act action active activity actual add
  address addresses adjusted adjustment advance after age agency agent aggregate agreement all allowed
  allotment alternate amount amounts and annual annexure answer any api app applicant application
  applied approval approved are area arrears as assessment asset assets at attached attempt auth
  authority authorised authorized available average back bad balance bank bar barcode based batch before
  beginning below beneficiary bharat big birth black blank block blood blur blurred blurry board body
  book border both bottom box branch broken building business buyer by calculated cancelled cannot
  capital card care cash category cc ceiling cell center centre cert certificate certified challan change
  changed charge charges chassis check checked checklist cheque cif cin city claim class clear closed
  closing code codes color colour column comment commission commercial common company compare comparison
  complete completed compound computer condition conditions confidence confirmed consent constitution
  construction consumer contact contract copies copy corner corporate correct corrupt corrupted cost
  count country coverage created credit cross crosscheck currency current customer cut cycle daily damaged
  dark data dataset date dates day days dd dealer debit declaration deduction deed default defect delivery
  department deposit depreciation description designation detail details detected device dimension
  direction disabled disbursed discount distance district dl dob doc docs document documents does domain
  door double down draft drawing driver driving due duplicate duration duty ebill edit education
  effective electric electricity email emi empty enabled encrypted end ended engine enrolment enrollment
  enterprise entity entry equipment error errors established establishment estimated exceeded excess
  exempt existing expected expense expired expiry extension external extra extract extracted extraction
  face factory fail failed failure family farm father faulty fax fee female few field fields file files
  filing final finance financial first fitness fixed flag flat floor folio for form format formatted
  formation found foreign fraud free frequency from front frozen fssai fuel full fund gas gender
  general generated given glare goods government grade grand gross group gst gstin guarantor guardian
  gunthewari gavthan half hash has head header health height high holder home hour house hsn
  husband icr id identification identifier identity ifsc illegible image images imei imported in inactive
  income incomplete incorrect index individual industry information init initial input inspection
  instalment installment institution insurance insured insurer interest internal invalid inventory
  investment invoice is issue issued issuer issuing item items job joint journal key khata kind known kyc
  label land landmark language last late latitude layout lease ledger left legal legible lender length
  less letter level liability license licence licensed life light limit line lines list listed living
  loan local location lock locked locker longitude loss low lower machine made mail main maker male
  mandal mandate manual manufacturer manufacturing margin marital market married match matched matches
  material maturity max maximum medical member memo merchant message meter method micr middle min
  minimum minor mismatch missing mobile mode model modified money month monthly mortgage mother motor
  multiple municipal mutation name names namuna nationality nature net network new next nil no node
  nominee non none normal not note notes notice null number numbers object obligation occupation occupancy
  ocr of off office officer ok old on one open opening operation operator option or order organisation
  organization original other others out output outstanding over overdraft overdue own owned owner
  ownership paid pan paper parent parents parse partial partially partner partnership party passbook
  passport past payable payee payer payment payments payslip pending percent percentage period permanent
  permit person personal phone photo photos pin pincode place plan plate plot po point policy poor portal
  position possession post postal postcode power premises premium present previous primary principal print
  printed prior private proc process processed processing product profession profile profit project
  proof property proprietor prospect provider province public purchase purpose quality quantity quarter
  query quotation quote range rate rating ratio raw read readable reading reason receipt received record
  records recovery redacted reference refund region register registered registration registry rejected
  relation relationship release remaining remark remarks rent rental renewal repayment report request
  required residence resident residential resolution result retail return returned returns revenue review
  revised right risk role room rotated route row rto rule salary sale sales sample sanction sanctioned
  satbara savings scan scanned scheme school score seal seat second secondary section sector security
  selfie self seller seen serial series service set sex share shared shareholder sheet shop short shown
  side sign signature signatory signed similar similarity single site size skipped slip small social sole
  source specimen spouse stage stamp standard start state statement statements status step stock storage
  structure sub subject submission submitted subtotal success suffix sum summary supplier supply support
  supported surname survey suspected system table tag taluka tampered tan target tariff tax taxable
  taxpayer taxes tehsil telephone temporary tenant tenure term terms test text the then third through
  till time timeout title to token too top total town trade transaction transactions transfer transport
  trust turnover type types udyam unable unclear under undertaking unique unit units unknown unreadable
  unrecognised unrecognized unsupported until unverified up upload uploaded upper url usage use used user
  username utility valid validation validity valuation value values vehicle vendor verification verified
  verify version via vid village vin visa visible volume voter wages warning water weight wheel white whole
  width wife with withdrawal without witness words work worker wrong xerox year yearly years yes zip zone
  chatusima ach handwritten lowres resolution pixel pdf jpg jpeg png pages
  everything nothing something deep
`);
