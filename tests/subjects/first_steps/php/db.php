<?php // The users, in a file: the tutorials have them in MySQL.
session_start();
$file = __DIR__ . '/users.json';
$users = file_exists($file) ? json_decode(file_get_contents($file), true) : [];
