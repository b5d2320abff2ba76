import type { Clock } from '../../live/clock.ts';

/**
 * Acts on each of a list, one after the other, evenly over a time; resolves after the last. Over no
 * time at all it acts on all of them before it returns.
 */
export async function spread<Item>(
  clock: Clock,
  overMs: number,
  items: readonly Item[],
  act: (item: Item) => void,
): Promise<void> {
  const waits = items.map((item, place) => {
    const delayMs = (overMs * place) / items.length;
    if (delayMs === 0) return act(item);
    return new Promise<void>((resolve) => {
      clock.after(delayMs, () => {
        act(item);
        resolve();
      });
    });
  });
  await Promise.all(waits);
}
