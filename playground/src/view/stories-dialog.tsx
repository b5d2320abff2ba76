import { type Controller, newName } from '../controller.ts';
import { Dialog } from './dialog.tsx';
import { Prose } from './prose.tsx';

interface StoriesDialogProps {
  readonly controller: Controller;
  readonly onClose: () => void;
}

/** The stories of the sandbox; a click plays one. */
export function StoriesDialog({ controller, onClose }: StoriesDialogProps) {
  return (
    <Dialog title="Stories of the sandbox" onClose={onClose}>
      <p>
        In the sandbox the name of an application says how Atlas behaves. A story opens a flow under
        such a name, uploads documents to it and watches it.
      </p>
      <ul class="stories">
        {controller.settings.stories.map(({ name, happens }) => (
          <li key={name}>
            <div>
              <h3>{name}</h3>
              <p>
                <Prose text={happens} />
              </p>
            </div>
            <button
              type="button"
              aria-label={`Play ${name}`}
              onClick={() => {
                onClose();
                void controller.play(`The story ${name}`, newName(name));
              }}
            >
              Play
            </button>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
