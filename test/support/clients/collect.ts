/** Reads a stream to its end. Rejects where the stream fails. */
export async function collect<Value>(values: AsyncIterable<Value>): Promise<Value[]> {
  const collected: Value[] = [];
  for await (const value of values) collected.push(value);
  return collected;
}

/** The next value of a stream that is read by hand; fails when it is over. */
export async function next<Value>(values: AsyncIterator<Value>): Promise<Value> {
  const { done, value } = await values.next();
  if (done) throw new Error('the stream is over');
  return value;
}
