import type { AtlasClient } from '@atlas-gateway/client';

/** React Native's `AppState`, as far as it is used here. */
interface AppState {
  addEventListener(type: 'change', listener: (state: string) => void): { remove(): void };
}

/** `@react-native-community/netinfo`, as far as it is used here. */
interface NetInfo {
  addEventListener(listener: (state: { isConnected: boolean | null }) => void): () => void;
}

/** Has the kit look at once when the app is shown or the network is back. Returns what undoes it. */
export function wakeInTime(client: AtlasClient, appState: AppState, netInfo: NetInfo): () => void {
  const shown = appState.addEventListener('change', (state) => {
    if (state === 'active') client.wake();
  });
  const forget = netInfo.addEventListener(({ isConnected }) => {
    if (isConnected) client.wake();
  });
  return () => {
    shown.remove();
    forget();
  };
}
