/** Small helpers over the DOM. Text goes in as text only: nothing here parses HTML. */

/**
 * @param {string} id
 * @returns {HTMLElement}
 */
export function byId(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`The page has no element "${id}".`);
  return element;
}

/**
 * @param {string} tag
 * @param {Record<string, string>} [attributes]
 * @param {...(Node | string)} children
 * @returns {HTMLElement}
 */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/**
 * Writes only what has changed, so that a reader's selection and cursor stay where they are.
 *
 * @param {Element} element
 * @param {string} text
 */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * @param {Element} element
 * @param {string} name
 * @param {string} value
 */
export function setAttribute(element, name, value) {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

/**
 * Keeps one child of a list per item, in the items' order; children are made once and then updated.
 *
 * @template T
 * @param {Element} list
 * @param {T[]} items
 * @param {(item: T) => string} key
 * @param {(item: T) => HTMLElement} create
 * @param {(element: HTMLElement, item: T) => void} update
 */
export function keyed(list, items, key, create, update) {
  const old = new Map([...list.children].map((child) => [child.getAttribute("data-key"), child]));
  items.forEach((item, index) => {
    let element = /** @type {HTMLElement | undefined} */ (old.get(key(item)));
    old.delete(key(item));
    if (!element) {
      element = create(item);
      element.setAttribute("data-key", key(item));
    }
    if (list.children[index] !== element) list.insertBefore(element, list.children[index] ?? null);
    update(element, item);
  });
  for (const gone of old.values()) gone.remove();
}
