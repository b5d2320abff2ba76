import type { Clock } from '../live/clock.ts';

/** Acts on each of a list, one after the other, evenly over a time; resolves after the last. */
export async function spread<Item>(
  clock: Clock,
  overMs: number,
  items: readonly Item[],
  act: (item: Item) => void,
): Promise<void> {
  const waits = items.map(
    (item, place) =>
      new Promise<void>((resolve) => {
        clock.after((overMs * place) / items.length, () => {
          act(item);
          resolve();
        });
      }),
  );
  await Promise.all(waits);
}
