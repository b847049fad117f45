// Express with express-session: a new id at login, the session gone after logout. Its methods are what the planted bugs spoil.
const express = require('express'), session = require('express-session');

const PASSWORDS = { alice: 'pw-a', bob: 'pw-b', carol: 'pw-c' };
const LOGIN = `<!doctype html><title>Log in</title><form method="post" action="/login">
<label>Name <input name="user"></label><label>Password <input type="password" name="password"></label>
<button>Log in</button></form>`;
const escaped = text => String(text).replace(/[&<>"]/g, sign => `&#${sign.charCodeAt(0)};`);

class Shop {
  constructor() {
    this.notes = {};
    const app = this.app = express();
    app.use(express.urlencoded({ extended: false }), session(this.settings()));
    app.get('/', (request, reply, next) => this.home(request, reply).catch(next));
    app.get('/login', (request, reply) => reply.send(LOGIN));
    app.post('/login', (request, reply, next) => {
      const { user, password } = request.body;
      if (PASSWORDS[user] !== password) return reply.status(401).send(LOGIN);
      this.enter(request, reply, user, error => error ? next(error) : reply.redirect('/'));
    });
    app.post('/note', (request, reply) => {
      const user = this.who(request);
      if (!user) return reply.status(401).send('log in first');
      this.keep(request, user, request.body.note);
      reply.redirect('/');
    });
    app.post('/logout', (request, reply, next) => this.leave(request, reply, error => error ? next(error) : reply.redirect('/')));
  }

  settings() { return { secret: 'of a test', resave: false, saveUninitialized: false }; }

  who(request) { return request.session.user; }

  enter(request, reply, user, done) {
    request.session.regenerate(error => {
      if (!error) request.session.user = user;
      done(error);
    });
  }

  leave(request, reply, done) { request.session.destroy(done); }

  noteOf(request, user) { return this.notes[user] || ''; }

  keep(request, user, note) { this.notes[user] = note; }

  async home(request, reply) {
    const user = this.who(request);
    reply.set('Cache-Control', 'no-store').send(user
      ? `<!doctype html><title>Notes</title><p>You are <b id="me">${escaped(user)}</b>.</p>
<form method="post" action="/note"><input name="note" value="${escaped(this.noteOf(request, user))}"><button>Keep it</button></form>
<form method="post" action="/logout"><button>Log out</button></form>`
      : '<!doctype html><title>Notes</title><p>Nobody is logged in. <a href="/login">Log in</a></p>');
  }
}

module.exports = { Shop };
if (require.main === module) new Shop().app.listen(+process.argv[2], '127.0.0.1');
