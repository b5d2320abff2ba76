import { bodyOf, type WriteCode } from './copied.ts';

/** Swift with URLSession alone. The token is a flow grant in an app. */
export const writeSwift: WriteCode = (operation) => {
  const isSubscription = operation.kind === 'subscription';
  const accept = isSubscription
    ? '\n    request.setValue("text/event-stream", forHTTPHeaderField: "accept")'
    : '';
  return `import Foundation

// In an app the token is a flow grant from your own backend, never a key.
func ${isSubscription ? 'watch' : 'send'}(token: String) async throws {
    var request = URLRequest(url: URL(string: ${quote(operation.url)})!)
    request.httpMethod = "POST"
    request.setValue("Bearer \\(token)", forHTTPHeaderField: "authorization")
    request.setValue("application/json", forHTTPHeaderField: "content-type")${accept}
    request.httpBody = Data(${quote(bodyOf(operation))}.utf8)
${isSubscription ? listening : sending}
}
`;
};

const sending = `    let (data, _) = try await URLSession.shared.data(for: request)
    print(String(decoding: data, as: UTF8.self))`;

const listening = `    let (bytes, _) = try await URLSession.shared.bytes(for: request)
    // The loop ends with the flow. After an error subscribe again: it begins with the state as it is.
    for try await line in bytes.lines where line.hasPrefix("data: {") {
        print(line.dropFirst("data: ".count))
    }`;

/** A raw string literal, with more signs around it than stand in the text behind a quote. */
function quote(text: string): string {
  const longest = Math.max(
    0,
    ...[...text.matchAll(/["\\](#*)/g)].map(([, signs = '']) => signs.length),
  );
  const signs = '#'.repeat(longest + 1);
  return `${signs}"${text}"${signs}`;
}
