/** Whether a text is an origin as browsers send it (RFC 6454, 6.2). */
export function isOrigin(text: string): boolean {
  return /^https?:\/\//.test(text) && URL.canParse(text) && new URL(text).origin === text;
}
