// Passport's tutorial on passwords: sign up, sign in, a page for those who are in, sign out.
const express = require('express'), session = require('express-session'), passport = require('passport');
const LocalStrategy = require('passport-local'), crypto = require('crypto');

const users = new Map();
const hash = (password, salt) => crypto.pbkdf2Sync(password, salt, 310000, 32, 'sha256');
passport.use(new LocalStrategy((username, password, cb) => {
  const user = users.get(username);
  if (!user) return cb(null, false, { message: 'Incorrect username or password.' });
  if (!crypto.timingSafeEqual(user.hashed, hash(password, user.salt))) {
    return cb(null, false, { message: 'Incorrect username or password.' });
  }
  return cb(null, user);
}));
passport.serializeUser((user, cb) => cb(null, { id: user.id, username: user.username }));
passport.deserializeUser((user, cb) => cb(null, user));

const page = (title, body) => `<!DOCTYPE html><html><head><title>${title}</title></head><body>${body}</body></html>`;
const form = (action, button) => `<section><h1>${button}</h1><form action="${action}" method="post">
  <section><label for="username">Username</label>
    <input id="username" name="username" type="text" autocomplete="username" required autofocus></section>
  <section><label for="current-password">Password</label>
    <input id="current-password" name="password" type="password" required></section>
  <button type="submit">${button}</button></form></section>`;

const app = express();
app.use(express.urlencoded({ extended: false }));
app.use(session({ secret: 'keyboard cat', resave: false, saveUninitialized: false }));
app.use(passport.authenticate('session'));
app.get('/', (req, res) => res.send(page('Todos', req.user
  ? `<nav><ul><li class="user">${req.user.username}</li><li><form action="/logout" method="post">
     <button class="logout" type="submit">Sign out</button></form></li></ul></nav><h1>todos</h1>`
  : '<h1>todos</h1><p>todos helps you get things done</p><a class="button" href="/login">Sign in</a>')));
app.get('/login', (req, res) => res.send(page('Sign in',
  `${form('/login/password', 'Sign in')}<p class="help">Don't have an account? <a href="/signup">Sign up</a></p>`)));
app.post('/login/password', passport.authenticate('local', { successRedirect: '/', failureRedirect: '/login' }));
app.get('/signup', (req, res) => res.send(page('Sign up',
  `${form('/signup', 'Sign up')}<p class="help">Already have an account? <a href="/login">Sign in</a></p>`)));
app.post('/signup', (req, res, next) => {
  if (users.has(req.body.username)) return res.status(400).send('taken');
  const salt = crypto.randomBytes(16);
  const user = { id: users.size + 1, username: req.body.username, salt, hashed: hash(req.body.password, salt) };
  users.set(user.username, user);
  req.login(user, err => err ? next(err) : res.redirect('/'));
});
app.post('/logout', (req, res, next) => req.logout(err => err ? next(err) : res.redirect('/')));
app.listen(process.env.PORT || '3000', '127.0.0.1');
