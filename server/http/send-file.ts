import type { Response } from 'express';

type SendOptions = Parameters<Response['sendFile']>[1] & object;

/** Sends a file; settles when it is sent, or the client has gone. */
export function sendFile(response: Response, path: string, options: SendOptions = {}): Promise<void> {
  return new Promise((resolve, reject) => {
    response.sendFile(path, { dotfiles: 'allow', ...options }, (error?: NodeJS.ErrnoException) => {
      if (!error || error.code === 'ECONNABORTED' || error.code === 'EPIPE') resolve();
      else reject(error);
    });
  });
}
