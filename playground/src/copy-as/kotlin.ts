import { bodyOf, type WriteCode } from './copied.ts';

/** Kotlin with OkHttp, and its okhttp-sse for subscriptions. The token is a flow grant in an app. */
export const writeKotlin: WriteCode = (operation) => {
  const isSubscription = operation.kind === 'subscription';
  const imports = [
    'okhttp3.MediaType.Companion.toMediaType',
    'okhttp3.OkHttpClient',
    'okhttp3.Request',
    'okhttp3.RequestBody.Companion.toRequestBody',
    ...(isSubscription
      ? [
          'okhttp3.Response',
          'okhttp3.sse.EventSource',
          'okhttp3.sse.EventSourceListener',
          'okhttp3.sse.EventSources',
        ]
      : []),
  ].map((name) => `import ${name}`);
  const accept = isSubscription ? '\n        .header("accept", "text/event-stream")' : '';
  return `${imports.join('\n')}

// In an app the token is a flow grant from your own backend, never a key.
fun ${isSubscription ? 'watch' : 'send'}(token: String) {
    val body = ${quote(bodyOf(operation))}
    val request = Request.Builder()
        .url(${quote(operation.url)})
        .header("authorization", "Bearer $token")${accept}
        .post(body.toRequestBody("application/json".toMediaType()))
        .build()
${isSubscription ? listening : sending}
}
`;
};

const sending = `    OkHttpClient().newCall(request).execute().use { response ->
        println(response.body?.string())
    }`;

const listening = `    EventSources.createFactory(OkHttpClient()).newEventSource(request, object : EventSourceListener() {
        override fun onEvent(eventSource: EventSource, id: String?, type: String?, data: String) {
            if (type == "next") println(data)
        }

        override fun onFailure(eventSource: EventSource, t: Throwable?, response: Response?) {
            // Subscribe again after a short random wait: it begins with the state as it is.
        }
    })`;

/** A string literal: of JSON's escapes Kotlin has all but \\f, and its own for the dollar sign. */
function quote(text: string): string {
  return JSON.stringify(text).replaceAll('\\f', '\\u000c').replaceAll('$', '\\$');
}
