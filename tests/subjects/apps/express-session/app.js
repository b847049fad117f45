// What the READMEs of express-session and passport show: a store in memory, and a login form.
const express = require('express'), session = require('express-session'), passport = require('passport');
const { Strategy } = require('passport-local');

const users = { alice: 'Pw-alice-1', bob: 'Pw-bob-1' }, notes = {};
const app = express();
app.use(express.urlencoded({ extended: false }));
app.use(session({ secret: 'keyboard cat', resave: false, saveUninitialized: true, cookie: { secure: false } }));
app.use(passport.initialize(), passport.session());
passport.use(new Strategy((name, password, done) => done(null, users[name] === password ? { id: name } : false)));
passport.serializeUser((user, done) => done(null, user.id));
passport.deserializeUser((id, done) => done(null, users[id] ? { id } : false));

app.get('/login', (request, reply) => reply.send(
  '<form method=post action="/login"><input name=username><input name=password type=password></form>'));
app.post('/login', passport.authenticate('local', { successRedirect: '/', failureRedirect: '/login' }));
app.get('/', (request, reply) => reply.send(`user=${request.user ? request.user.id : 'anonymous'};`));
app.get('/note', (request, reply) => reply.send(`note=${request.user ? notes[request.user.id] || '' : ''};`));
app.post('/note', (request, reply) => {
  if (request.user) notes[request.user.id] = request.body.note;
  reply.redirect('/note');
});
app.post('/logout', (request, reply, next) => request.logout(error => error ? next(error) : reply.redirect('/')));
app.listen(+process.env.PORT, '127.0.0.1');
