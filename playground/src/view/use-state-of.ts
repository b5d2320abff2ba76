import { useEffect, useState } from 'preact/hooks';
import type { Store } from '../store.ts';

/** The value of a store; the component is rendered again with each next one. */
export function useStateOf<Value>(store: Store<Value>): Value {
  const [value, setValue] = useState(store.get());
  useEffect(() => {
    setValue(store.get());
    return store.listen(() => setValue(store.get()));
  }, [store]);
  return value;
}
