// Tells what things cost: GET /NAME.
import { hostname } from 'node:os';
import { serve } from './serve.ts';

serve(({ url = '/' }) => [200, { price: 100 + url.length, server: hostname() }]);
