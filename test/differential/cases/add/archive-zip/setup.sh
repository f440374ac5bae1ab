echo f > f; touch -d @1600000000 f; TZ=UTC zip -qX z.zip f
