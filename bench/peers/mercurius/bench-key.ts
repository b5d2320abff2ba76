/** The API key that the benchmark sends to Mercurius with duties. It guards nothing. */
export const benchKey = 'bench-key-of-a-peer';
