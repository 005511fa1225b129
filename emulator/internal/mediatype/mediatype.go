// Package mediatype finds the Content-Type of an object by the extension of its key, for uploads
// without one. Its table is the same on each machine.
package mediatype

import "strings"

// Default is the type where no other is known.
const Default = "application/octet-stream"

// maxExtension is the longest extension that is looked up.
const maxExtension = 16

// OfKey returns the type for the extension of a key, in any case, or "" where it has none or an
// unknown one. The tests of the official SDKs expect application/zip for .zip, text/plain without a
// charset for .txt, and no type without an extension (cos-nodejs-sdk-v5 and cos-js-sdk-v5 test.js).
// No page lists the others (choice 432).
func OfKey(key string) string {
	dot := strings.LastIndexByte(key, '.')
	if dot < 0 || len(key)-dot > maxExtension || strings.IndexByte(key[dot:], '/') >= 0 {
		return ""
	}
	extension := strings.ToLower(key[dot+1:])
	if extension == "" || strings.ContainsAny(extension, " \n") {
		return ""
	}
	return typeOf(" " + extension)
}

// typeOf returns the type whose line in table has an extension, given with a leading space.
func typeOf(extension string) string {
	for end := 0; ; {
		at := strings.Index(table[end:], extension)
		if at < 0 {
			return ""
		}
		at += end
		end = at + len(extension)
		if table[end] == ' ' || table[end] == '\n' {
			name, _, _ := strings.Cut(table[strings.LastIndexByte(table[:at], '\n')+1:], " ")
			return name
		}
	}
}

// table has a type and its extensions on each line. The types are those of IANA, or else those of
// common web servers.
const table = `
application/atom+xml atom
application/gzip gz tgz
application/java-archive jar war ear
application/json json map
application/manifest+json webmanifest
application/msword doc dot
application/pdf pdf
application/postscript ps eps ai
application/rtf rtf
application/rss+xml rss
application/vnd.android.package-archive apk
application/vnd.apple.mpegurl m3u8
application/vnd.google-earth.kml+xml kml
application/vnd.google-earth.kmz kmz
application/vnd.ms-excel xls xlt
application/vnd.ms-fontobject eot
application/vnd.ms-powerpoint ppt pps
application/vnd.oasis.opendocument.presentation odp
application/vnd.oasis.opendocument.spreadsheet ods
application/vnd.oasis.opendocument.text odt
application/vnd.openxmlformats-officedocument.presentationml.presentation pptx
application/vnd.openxmlformats-officedocument.spreadsheetml.sheet xlsx
application/vnd.openxmlformats-officedocument.wordprocessingml.document docx
application/vnd.rar rar
application/wasm wasm
application/x-7z-compressed 7z
application/x-bzip2 bz2
application/x-sh sh
application/x-shockwave-flash swf
application/x-tar tar
application/x-x509-ca-cert der pem crt
application/xhtml+xml xhtml
application/yaml yaml yml
application/zip zip
application/zstd zst
audio/aac aac
audio/amr amr
audio/flac flac
audio/midi mid midi
audio/mp4 m4a
audio/mpeg mp3
audio/ogg oga ogg opus
audio/wav wav
font/otf otf
font/ttf ttf
font/woff woff
font/woff2 woff2
image/apng apng
image/avif avif
image/bmp bmp
image/gif gif
image/heic heic
image/heif heif
image/jpeg jpg jpeg jpe
image/png png
image/svg+xml svg svgz
image/tiff tif tiff
image/vnd.adobe.photoshop psd
image/webp webp
image/x-icon ico
text/calendar ics
text/css css
text/csv csv
text/html html htm shtml
text/javascript js mjs
text/markdown md markdown
text/plain txt text log conf
text/tab-separated-values tsv
text/vtt vtt
text/xml xml xsd
video/3gpp 3gp 3gpp
video/mp2t ts
video/mp4 mp4
video/mpeg mpeg mpg
video/ogg ogv
video/quicktime mov
video/webm webm
video/x-flv flv
video/x-m4v m4v
video/x-matroska mkv
video/x-ms-asf asf asx
video/x-ms-wmv wmv
video/x-msvideo avi
`
