import type { Scene } from '../api/answers.js';
import { request } from '../api/request.js';

/** Where OpenSeadragon finds the tiles of a scene. */
export interface ZoomSource {
  readonly Image: {
    readonly xmlns: string;
    readonly Url: string;
    readonly Format: string;
    readonly Overlap: string;
    readonly TileSize: string;
    readonly Size: { readonly Width: string; readonly Height: string };
  };
}

/** Reads a scene's Deep Zoom descriptor, which the server answers once there are tiles. */
export async function readZoomSource({ links, image }: Scene, signal: AbortSignal): Promise<ZoomSource> {
  const descriptor = await (await request(links.image, { signal })).text();
  signal.throwIfAborted();
  const xml = new DOMParser().parseFromString(descriptor, 'application/xml').documentElement;
  const attribute = (name: string) => xml.getAttribute(name) ?? '';
  return {
    Image: {
      xmlns: 'http://schemas.microsoft.com/deepzoom/2008',
      Url: `${links.image.replace(/\.dzi$/, '')}_files/`,
      Format: attribute('Format'),
      Overlap: attribute('Overlap'),
      TileSize: attribute('TileSize'),
      Size: { Width: String(image.width), Height: String(image.height) },
    },
  };
}
