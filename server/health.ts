import { Router } from 'express';

/** Where a server is in its life: only a ready one takes work. */
export type Phase = 'starting' | 'ready' | 'stopping';

/**
 * `/healthz`: the process answers. `/readyz`: the model is loaded and warm, and the server is not about to stop;
 * what load balancers go by.
 */
export function healthRoutes(phase: () => Phase): Router {
  const router = Router();
  router.get('/healthz', (_request, response) => {
    response.json({ status: 'ok' });
  });
  router.get('/readyz', (_request, response) => {
    const status = phase();
    response.status(status === 'ready' ? 200 : 503).json({ status });
  });
  return router;
}
