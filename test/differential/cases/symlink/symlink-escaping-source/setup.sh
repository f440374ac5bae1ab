echo t > target; ln -s ../../../../../../target out
