#!/bin/sh
echo "triggered by $*" >> /var/lib/service/triggers
