import { type DocumentField, documentTypeRow } from '../atlas/api/document-types.ts';
import { type Address, type Applicant, toOneLine } from './applicants.ts';

/** The contents of a sample document: values by Atlas's names for them, without confidences. */
export type SampleDocument = Readonly<Record<string, unknown>>;

/** Returns an applicant's document of a type, with every field that the catalogue knows of it. */
export function createSampleDocument(documentType: string, applicant: Applicant): SampleDocument {
  const fields = documentTypeRow(documentType)?.fields ?? [];
  if (fields.length === 0) return createUncataloguedDocument(documentType, applicant);
  const special = specialValues(documentType, applicant);
  return Object.fromEntries(
    fields.map((field) => [
      field.name,
      special[field.name] ?? commonValues(applicant)[field.name] ?? valueOfKind(field, applicant),
    ]),
  );
}

/** Names that mean the same on every paper. */
function commonValues(applicant: Applicant): SampleDocument {
  return {
    name: applicant.name,
    father_name: applicant.fatherName,
    date_of_birth: applicant.dateOfBirth,
    dob: applicant.dateOfBirth,
    gender: applicant.gender,
    address: toOneLine(applicant.address),
    formatted_address: toFormatted(applicant.address),
    customer_name: applicant.name,
    dealer_address: toOneLine(applicant.dealerAddress),
    date_of_issue: '05/06/2015',
    issue_date: '05/06/2015',
    date_of_expiry: '04/06/2035',
    valid_till: '04/06/2035',
  };
}

/** Where a paper has its own words for it. No such number is ever given out. */
function specialValues(documentType: string, applicant: Applicant): SampleDocument {
  const { digits } = applicant;
  switch (documentType) {
    case 'AADHAAR':
      return { aadhaar_number: `**** **** 00${digits}` };
    case 'PAN':
      return {
        name_as_per_pan: withInitial(applicant.name),
        pan_number: applicant.panNumber,
        document_quality_flag: 'original',
      };
    case 'DRIVING_LICENSE':
      return { dl_number: `XX00 000000000${digits}`, state: applicant.address.state };
    case 'VOTER_ID':
      return { voter_id: `XXX00000${digits}` };
    case 'PASSPORT':
      return {
        passport_number: `X00000${digits}`,
        place_of_birth: applicant.address.city,
        place_of_issue: applicant.address.city,
      };
    case 'GST_CERT':
      return {
        gst_number: `00${applicant.panNumber}0Z0`,
        legal_name: applicant.businessName,
        address: toOneLine(applicant.dealerAddress),
        formatted_address: toFormatted(applicant.dealerAddress),
        constitution_of_business: 'PROPRIETORSHIP',
      };
    case 'INVOICE':
      // The same address, in the spelling of another clerk.
      return { dealer_address: toOneLine(applicant.dealerAddress).replace('MARKET', 'MKT') };
    default:
      return {};
  }
}

/** Types whose field names nobody has seen (CONTRACT 10.3): names of our own choice. */
function createUncataloguedDocument(documentType: string, applicant: Applicant): SampleDocument {
  switch (documentType) {
    case 'BANK_STATEMENT':
      return {
        account_holder: applicant.name,
        account_number: `XXXXXXXX00${applicant.digits}`,
        bank_name: 'SAMPLE BANK',
      };
    case 'UDYAM_CERT':
      return {
        registration_number: `UDYAM-XX-00-00000${applicant.digits}`,
        enterprise_name: applicant.businessName,
        owner_name: applicant.name,
        address: toOneLine(applicant.dealerAddress),
      };
    default:
      return {
        document_number: `SAMPLE-${documentType}-${applicant.digits}`,
        holder_name: applicant.name,
      };
  }
}

/** A catalogue row that came after this file still gets an answer. */
function valueOfKind(field: DocumentField, applicant: Applicant): unknown {
  switch (field.kind) {
    case 'date':
      return '05/06/2015';
    case 'identifier':
      return `SAMPLE-00${applicant.digits}`;
    case 'aadhaar':
      return `**** **** 00${applicant.digits}`;
    case 'address':
      return toOneLine(applicant.address);
    case 'address_object':
      return toFormatted(applicant.address);
    case 'flag':
      return 'original';
    case 'text':
      return `SAMPLE ${field.name.replaceAll('_', ' ').toUpperCase()}`;
  }
}

function toFormatted(address: Address): SampleDocument {
  return {
    state: address.state,
    postcode: address.postcode,
    address_line_1: address.line1,
    address_line_2: '',
    city: address.city,
  };
}

/** A PAN card often has one name more than the others: the names agree nearly. */
function withInitial(name: string): string {
  return name.replace(' ', ' K ');
}
