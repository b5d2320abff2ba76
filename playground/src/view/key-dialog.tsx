import { useEffect, useRef, useState } from 'preact/hooks';
import type { Controller } from '../controller.ts';
import { Dialog } from './dialog.tsx';
import { useStateOf } from './use-state-of.ts';

/** Asks for the key, and tells whether the gateway accepts it. */
export function KeyDialog({
  controller,
  onClose,
}: {
  controller: Controller;
  onClose: () => void;
}) {
  const { key } = useStateOf(controller.store);
  const { settings } = controller;
  const [given, setGiven] = useState('');
  const [isSent, setSent] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const isOwn = key.key !== null && key.key !== settings.apiKey;
  const isTaken = isSent && !key.isChecking && key.fault === null && key.key === given.trim();

  useEffect(() => {
    if (isTaken && key.caller === null) onClose();
  }, [isTaken, key.caller, onClose]);
  useEffect(() => {
    if (key.fault !== null) field.current?.select();
  }, [key.fault]);

  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    if (given.trim() === '') return field.current?.focus();
    setSent(true);
    await controller.takeKey(given);
  }

  return (
    <Dialog title="API key" onClose={onClose}>
      <p>
        One key for all operations and for the schema. It is kept in this tab of the browser until
        the tab is closed, and sent to this gateway only.
      </p>
      {settings.apiKey !== null && (
        <p>
          The sandbox has the key <code>{settings.apiKey}</code>, which is filled in.
        </p>
      )}
      <form onSubmit={(event) => void submit(event)}>
        <label for="api-key">Key or token</label>
        <input
          ref={field}
          id="api-key"
          type="password"
          autocomplete="off"
          spellcheck={false}
          autofocus
          value={given}
          aria-invalid={key.fault !== null}
          aria-describedby="key-message"
          onInput={(event) => setGiven(event.currentTarget.value)}
        />
        <div id="key-message" aria-live="polite">
          {key.isChecking && <p>Asking the gateway…</p>}
          {key.fault !== null && <p class="fault">{key.fault}</p>}
          {key.caller !== null && (
            <p class="good">
              Accepted: caller {key.caller.callerId} of tenant {key.caller.tenantId}.
            </p>
          )}
        </div>
        <div class="bar">
          {isTaken ? (
            <button type="button" class="primary" onClick={onClose}>
              Go on
            </button>
          ) : (
            <button type="submit" class="primary" disabled={key.isChecking}>
              Use this key
            </button>
          )}
          {isOwn && (
            <button
              type="button"
              onClick={() => {
                controller.forgetKey();
                setGiven('');
                setSent(false);
              }}
            >
              Forget the key
            </button>
          )}
        </div>
      </form>
    </Dialog>
  );
}
