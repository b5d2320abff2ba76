// Made from schema.graphql by `npm run schema`. Do not edit.

/** Object types by the interface or union that they belong to. */
export const possibleTypes = {
  "Event": [
    "BatchEnded",
    "BatchProgressed",
    "CallbackReceived",
    "DocumentExtracted",
    "DocumentFailed",
    "DocumentsSubmitted",
    "FlowEnded",
    "FlowOpened",
    "FlowStatusChanged",
    "GrantIssued",
    "GrantsRevoked"
  ],
  "EventMessage": [
    "BatchEnded",
    "BatchProgressed",
    "CallbackReceived",
    "DocumentExtracted",
    "DocumentFailed",
    "DocumentsSubmitted",
    "EventsUnavailable",
    "FlowEnded",
    "FlowOpened",
    "FlowStatusChanged",
    "GrantIssued",
    "GrantsRevoked"
  ],
  "ExtractedValue": [
    "ExtractedAddress",
    "ExtractedDate",
    "ExtractedIdentifier",
    "ExtractedText"
  ],
  "Extraction": [
    "AadhaarExtraction",
    "DeliveryOrderExtraction",
    "DrivingLicenseExtraction",
    "GstCertificateExtraction",
    "InvoiceExtraction",
    "OtherExtraction",
    "PanExtraction",
    "PassportExtraction",
    "VoterIdExtraction"
  ],
  "IdentityExtraction": [
    "AadhaarExtraction",
    "DrivingLicenseExtraction",
    "PanExtraction",
    "PassportExtraction",
    "VoterIdExtraction"
  ],
  "Node": [
    "Batch",
    "Document",
    "Flow"
  ]
};

/** Object types without an id, which a cache keeps within their parents. */
export const typesWithoutId: readonly string[] = [
  "AadhaarExtraction",
  "AadhaarNumber",
  "AddressMatch",
  "AddressMatchFailure",
  "AtlasHealth",
  "AtlasServiceHealth",
  "BatchDocumentConnection",
  "BatchDocumentEdge",
  "BatchProgress",
  "CreateBatchPayload",
  "CreateFlowPayload",
  "CrossCheck",
  "CrossCheckSide",
  "CrossCheckSummary",
  "DeliveryOrderExtraction",
  "DocumentFailure",
  "DocumentFieldInfo",
  "DocumentTypeInfo",
  "DrivingLicenseExtraction",
  "EventConnection",
  "EventEdge",
  "EventsUnavailable",
  "ExtractedAddress",
  "ExtractedDate",
  "ExtractedField",
  "ExtractedIdentifier",
  "ExtractedText",
  "FlowConnection",
  "FlowEdge",
  "FlowEvent",
  "FlowEventConnection",
  "FlowEventEdge",
  "FlowStatus",
  "FormattedAddress",
  "Freshness",
  "GstCertificateExtraction",
  "InvoiceExtraction",
  "IssueFlowGrantPayload",
  "Limit",
  "OtherExtraction",
  "PageInfo",
  "PanExtraction",
  "PassportExtraction",
  "ReauthenticatePayload",
  "RevokeFlowGrantsPayload",
  "UploadDocumentsPayload",
  "UserError",
  "Viewer",
  "ViewerGrant",
  "VoterIdExtraction"
];

/** Of those, the types of which two selections are one object. */
export const mergedTypes: readonly string[] = [
  "AadhaarExtraction",
  "AadhaarNumber",
  "AddressMatch",
  "AddressMatchFailure",
  "AtlasHealth",
  "AtlasServiceHealth",
  "BatchProgress",
  "CrossCheck",
  "CrossCheckSide",
  "CrossCheckSummary",
  "DeliveryOrderExtraction",
  "DocumentFailure",
  "DocumentFieldInfo",
  "DocumentTypeInfo",
  "DrivingLicenseExtraction",
  "EventsUnavailable",
  "ExtractedAddress",
  "ExtractedDate",
  "ExtractedField",
  "ExtractedIdentifier",
  "ExtractedText",
  "FlowEvent",
  "FlowStatus",
  "FormattedAddress",
  "Freshness",
  "GstCertificateExtraction",
  "InvoiceExtraction",
  "Limit",
  "OtherExtraction",
  "PanExtraction",
  "PassportExtraction",
  "UserError",
  "Viewer",
  "ViewerGrant",
  "VoterIdExtraction"
];

/** Fields that are lists of such objects, by type. A newer list replaces the older. */
export const replacedLists = {
  "AadhaarExtraction": [
    "fields"
  ],
  "AtlasHealth": [
    "services"
  ],
  "DeliveryOrderExtraction": [
    "fields"
  ],
  "DocumentTypeInfo": [
    "fields"
  ],
  "DrivingLicenseExtraction": [
    "fields"
  ],
  "Flow": [
    "crossChecks"
  ],
  "GstCertificateExtraction": [
    "fields"
  ],
  "InvoiceExtraction": [
    "fields"
  ],
  "OtherExtraction": [
    "fields"
  ],
  "PanExtraction": [
    "fields"
  ],
  "PassportExtraction": [
    "fields"
  ],
  "Query": [
    "addressMatches",
    "documentTypes"
  ],
  "Viewer": [
    "limits"
  ],
  "VoterIdExtraction": [
    "fields"
  ]
};

/** Fields that are connections, by type, with the arguments that make two lists different. */
export const connections = {
  "Batch": {
    "documents": []
  },
  "Flow": {
    "timeline": []
  },
  "Query": {
    "events": [
      "filter"
    ],
    "flows": [
      "filter",
      "orderBy"
    ]
  }
};

