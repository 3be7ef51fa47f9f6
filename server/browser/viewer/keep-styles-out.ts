/**
 * OpenSeadragon adds a style sheet of its own unless there is one with its mark. The page's policy allows none in the
 * document; scene.css has its rules.
 */
export function keepStylesOut(): void {
  const mark = 'data-openseadragon-mobile-css';
  if (document.querySelector(`style[${mark}]`)) return;
  const stand = document.createElementNS(null, 'style');
  stand.setAttribute(mark, 'true');
  document.head.append(stand);
}
