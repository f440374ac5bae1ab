mkdir d; echo 1 > "d/a b"; echo 2 > d/ü; echo 3 > 'd/$x'; echo 4 > 'd/quo te'; echo 5 > d/日本; echo 6 > "d/$(printf 'new\nline')"; echo 7 > d/-dash; echo 8 > 'd/back\slash' 
