import { getUser } from '$lib/server/database';

export async function handle({ event, resolve }) {
	event.locals.user = getUser(event.cookies.get('sessionid'));
	return resolve(event);
}
