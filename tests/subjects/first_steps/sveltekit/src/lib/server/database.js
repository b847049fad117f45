// What the documentation of form actions calls `db`, in memory.
import { randomUUID, scryptSync, timingSafeEqual } from 'node:crypto';

const users = new Map(), sessions = new Map();
const hash = (password, salt) => scryptSync(password, salt, 32);

export function createUser(email, password) {
	if (users.has(email)) return false;
	const salt = randomUUID();
	users.set(email, { email, salt, password: hash(password, salt), bio: '' });
	return true;
}
export function verify(email, password) {
	const user = users.get(email);
	return user && timingSafeEqual(user.password, hash(password, user.salt)) ? user : undefined;
}
export function createSession(user) {
	const id = randomUUID();
	sessions.set(id, user.email);
	return id;
}
export const getUser = (id) => users.get(sessions.get(id));
export const deleteSession = (id) => sessions.delete(id);
