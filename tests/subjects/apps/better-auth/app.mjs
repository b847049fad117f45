// What better-auth's guide shows: e-mail and password, SQLite, mounted in express.
import { betterAuth } from 'better-auth';
import { getMigrations } from 'better-auth/db/migration';
import { toNodeHandler } from 'better-auth/node';
import Database from 'better-sqlite3';
import express from 'express';

const port = +process.env.PORT;
const auth = betterAuth({
  database: new Database('auth.db'), secret: 'for-tests-alone-0123456789-0123456789', telemetry: { enabled: false },
  baseURL: `http://localhost:${port}`, emailAndPassword: { enabled: true }, rateLimit: { enabled: false },
});
await (await getMigrations(auth.options)).runMigrations();
const app = express();
app.all('/api/auth/{*any}', toNodeHandler(auth));
app.get('/', (request, reply) => reply.send('better-auth'));
app.listen(port, '127.0.0.1');
