interface Events extends WindowEventMap, DocumentEventMap {}

/** Listens to all events of a type, also those of elements within, without holding up what the browser does with them. */
export function listen<Type extends keyof Events>(
  target: EventTarget,
  type: Type,
  listener: (event: Events[Type]) => void,
): void {
  target.addEventListener(type, listener as EventListener, { capture: true, passive: true })
}
