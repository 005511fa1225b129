# Needs curl and cosemu. Start the server with: cosemu
echo hello >hello.txt
url=$(cosemu presign --key hello.txt --header 'Content-Type: text/plain' --expires 1h)

# 200: stored.
curl -sS -i -T hello.txt -H 'Content-Type: text/plain' "$url"

# 403: the URL was signed for text/plain.
curl -sS -i -T hello.txt -H 'Content-Type: image/png' "$url"
cosemu why last
