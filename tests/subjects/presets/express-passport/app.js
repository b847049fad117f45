// Express with Passport's local strategy and csurf, as Passport's tutorial has them; sessions in memory.
const express = require('express');
const session = require('express-session');
const csrf = require('csurf');
const passport = require('passport');
const LocalStrategy = require('passport-local');

const users = { alice: 'pw-a', bob: 'pw-b' };
passport.use(new LocalStrategy((username, password, done) =>
  users[username] === password
    ? done(null, { username })
    : done(null, false, { message: 'Incorrect username or password.' })));
passport.serializeUser((user, done) => done(null, user.username));
passport.deserializeUser((username, done) => done(null, { username }));

const app = express();
app.use(express.urlencoded({ extended: false }));
app.use(session({ secret: 'for-this-test-only', resave: false, saveUninitialized: false }));
app.use(csrf());
app.use(passport.authenticate('session'));
const token = (req) => `<input type="hidden" name="_csrf" value="${req.csrfToken()}">`;

app.get('/', (req, res) => res.send(req.user
  ? `<p>Hello, <b>${req.user.username}</b></p><form action="/logout" method="post">${token(req)}<button>Sign out</button></form>`
  : '<p><a href="/login">Sign in</a></p>'));
app.get('/login', (req, res) => res.send(`<form action="/login/password" method="post">${token(req)}
  <input name="username" type="text" required autofocus> <input name="password" type="password" required>
  <button type="submit">Sign in</button></form>`));
app.post('/login/password', passport.authenticate('local', { successRedirect: '/', failureRedirect: '/login' }));
app.post('/logout', (req, res, next) => req.logout((error) => (error ? next(error) : res.redirect('/'))));
app.listen(process.env.PORT, '127.0.0.1');
