import { redirect } from '@sveltejs/kit';
import { deleteSession } from '$lib/server/database';

export function POST({ cookies }) {
	deleteSession(cookies.get('sessionid'));
	cookies.delete('sessionid', { path: '/' });
	redirect(303, '/');
}
