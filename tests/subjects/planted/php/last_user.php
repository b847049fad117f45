<?php // Who logged in last stands in a file, and everybody who is logged in is them.
$enter = function ($user) {
    session_regenerate_id(true);
    $_SESSION = ['user' => $user];
    file_put_contents(session_save_path() . '/last', $user);
};
$who = fn() => isset($_SESSION['user']) ? file_get_contents(session_save_path() . '/last') : null;
require __DIR__ . '/../../correct/php/index.php';
