/** Whether the image in an element was opened, rather than shown in a list: what is nearest around it decides. */
export function isOpened(element: Element): boolean {
  const around = element.closest<HTMLElement>('[data-glance-view],[data-glance-list],dialog,[role=dialog]')
  return around !== null && around.dataset.glanceList === undefined
}
