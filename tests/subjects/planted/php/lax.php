<?php // An id that the client brings is taken, and the login leaves it as it is.
$strict = '0';
$enter = function ($user) { $_SESSION['user'] = $user; };
require __DIR__ . '/../../correct/php/index.php';
