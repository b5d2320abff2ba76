/** The variables that a text holds; no text stands for none. Throws an error with a message. */
export function readVariables(text: string): Record<string, unknown> {
  if (text.trim() === '') return {};
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error('The variables are not JSON.');
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  throw new Error('The variables are no JSON object.');
}

/** True if the first operation of a text is a subscription. */
export function isSubscription(query: string): boolean {
  return /^(?:[\s,]|#.*\n)*subscription\b/.test(query);
}
