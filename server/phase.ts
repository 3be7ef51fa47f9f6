/** Where a server is in its life: only a ready one takes work. */
export type Phase = 'starting' | 'ready' | 'stopping';
