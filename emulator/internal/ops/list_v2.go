package ops

import (
	"encoding/base64"
	"strconv"

	"github.com/cosemu/cosemu/emulator/internal/call"
	"github.com/cosemu/cosemu/emulator/internal/coserr"
	"github.com/cosemu/cosemu/emulator/internal/xmldoc"
	"github.com/cosemu/cosemu/storage"
)

// maxToken bounds a continuation token: the longest key, in base64.
const maxToken = maxKey*4/3 + 4

// listV2 is what a listing of the second version asks for beside the options of
// the first.
type listV2 struct {
	startAfter, token string
	owners            bool
}

// listObjectsV2 pages through a bucket by continuation tokens (AWS docs:
// ListObjectsV2; that COS answers it: public reports of S3 clients; choice 714).
func listObjectsV2(env *call.Env, c *call.Call) (*call.Reply, error) {
	q := c.Query()
	if q.Value("list-type") != "2" {
		return nil, coserr.New(coserr.InvalidArgument).WithMessage("list-type must be 2.")
	}
	opts, urlEncoded, err := listOptions(q)
	if err != nil {
		return nil, err
	}
	in := listV2{startAfter: q.Value("start-after"), token: q.Value("continuation-token"), owners: q.Value("fetch-owner") == "true"}
	opts.Marker = in.startAfter
	if q.Has("continuation-token") { // it overrules start-after
		if opts.Marker, err = readToken(in.token); err != nil {
			return nil, err
		}
	}
	page, err := env.List(c, opts)
	if err != nil {
		return nil, err
	}
	rep := call.XMLReply(listV2Document(c, &opts, &in, urlEncoded, &page))
	rep.Add("x-cos-bucket-region", c.Bucket.Region)
	return rep, nil
}

// A token is the last name of a page. It is base64, so that no client takes it
// for a key.
func writeToken(marker string) string { return base64.URLEncoding.EncodeToString([]byte(marker)) }

func readToken(token string) (string, error) {
	bad := coserr.New(coserr.InvalidArgument).WithMessage("The continuation token provided is incorrect.")
	if token == "" || len(token) > maxToken {
		return "", bad
	}
	marker, err := base64.URLEncoding.DecodeString(token)
	if err != nil {
		return "", bad
	}
	return string(marker), nil
}

func listV2Document(c *call.Call, opts *storage.ListOptions, in *listV2, urlEncoded bool, page *storage.ListPage) []byte {
	name := listedName(urlEncoded)
	x := xmldoc.NewWriter(xmldoc.Declaration)
	x.Open("ListBucketResult")
	x.Text("Name", c.Bucket.Name)
	x.Text("Prefix", name(opts.Prefix))
	if in.startAfter != "" {
		x.Text("StartAfter", name(in.startAfter))
	}
	x.Text("KeyCount", strconv.Itoa(len(page.Objects)+len(page.Prefixes)))
	x.Text("MaxKeys", strconv.Itoa(opts.Max))
	if opts.Delimiter != "" {
		x.Text("Delimiter", name(opts.Delimiter))
	}
	if urlEncoded {
		x.Text("EncodingType", "url")
	}
	x.Text("IsTruncated", strconv.FormatBool(page.Truncated))
	if in.token != "" {
		x.Text("ContinuationToken", in.token)
	}
	if page.Truncated {
		x.Text("NextContinuationToken", writeToken(page.NextMarker))
	}
	x.Grow(len(page.Objects))
	for i := range page.Objects {
		writeContents(x, &page.Objects[i], name, c.Bucket.Owner, in.owners)
	}
	for _, p := range page.Prefixes {
		x.Open("CommonPrefixes")
		x.Text("Prefix", name(p))
		x.Close("CommonPrefixes")
	}
	x.Close("ListBucketResult")
	return x.Bytes()
}
