package control

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/acl"
	"github.com/cosemu/cosemu/emulator/internal/addr"
	"github.com/cosemu/cosemu/emulator/internal/api"
	"github.com/cosemu/cosemu/storage"
	"github.com/danielgtaylor/huma/v2"
)

// bucket is a bucket as calls return it.
type bucket struct {
	Name    string    `json:"name" example:"examplebucket-1250000000"`
	Region  string    `json:"region"`
	ACL     string    `json:"acl" doc:"The canned list that it begins with."`
	Grants  int       `json:"grants,omitempty" doc:"What the list grants beyond that; GET Bucket acl shows it."`
	CORS    string    `json:"cors" doc:"What holds for pages of other origins as long as the bucket has no CORS configuration: none or permissive."`
	MAZ     bool      `json:"maz" doc:"Of several availability zones: it takes MAZ_* storage classes alone."`
	Created time.Time `json:"created"`
}

func (h *Handler) publicBucket(b storage.Bucket) (bucket, error) {
	mode, err := h.emulator.DefaultCORS(&b)
	if err != nil {
		return bucket{}, h.broken("reading a bucket", err)
	}
	out := bucket{Name: b.Name, Region: b.Region, ACL: b.ACL, CORS: string(mode), MAZ: api.IsMAZ(&b), Created: b.Created.UTC()}
	if list, err := acl.Parse(b.ACL); err == nil {
		out.ACL, out.Grants = list.Canned, len(list.Grants)
	}
	return out, nil
}

type bucketsOutput struct {
	Body struct {
		Buckets []bucket `json:"buckets" doc:"By name."`
	}
}

type bucketOutput struct{ Body bucket }

type bucketInput struct {
	Body struct {
		Name   string `json:"name" example:"examplebucket-1250000000" doc:"With the APPID."`
		Region string `json:"region,omitempty" pattern:"^[a-z0-9-]*$" maxLength:"64" doc:"The configured region when left out."`
		ACL    string `json:"acl,omitempty" enum:"private,public-read,public-read-write,authenticated-read" doc:"private when left out."`
		CORS   string `json:"cors,omitempty" enum:"none,permissive" doc:"What holds for pages of other origins as long as the bucket has no CORS configuration: permissive lets every page do everything. The configured default_cors when left out."`
		MAZ    bool   `json:"maz,omitempty" doc:"Make it one of several availability zones, which takes MAZ_* storage classes alone."`
	}
}

type bucketNameInput struct {
	Name string `path:"name"`
}

func (h *Handler) registerBuckets(api huma.API) {
	huma.Register(api, h.operation("list-buckets", http.MethodGet, "/buckets",
		"All buckets", http.StatusOK), h.listBuckets)
	huma.Register(api, h.operation("create-bucket", http.MethodPost, "/buckets",
		"Create a bucket", http.StatusCreated, http.StatusConflict), h.createBucket)
	huma.Register(api, h.operation("delete-bucket", http.MethodDelete, "/buckets/{name}",
		"Delete an empty bucket", http.StatusNoContent, http.StatusNotFound, http.StatusConflict), h.deleteBucket)
}

func (h *Handler) listBuckets(context.Context, *struct{}) (*bucketsOutput, error) {
	all, err := h.emulator.Buckets()
	if err != nil {
		return nil, h.broken("listing the buckets", err)
	}
	out := &bucketsOutput{}
	out.Body.Buckets = make([]bucket, 0, len(all))
	for _, b := range all {
		public, err := h.publicBucket(b)
		if err != nil {
			return nil, err
		}
		out.Body.Buckets = append(out.Body.Buckets, public)
	}
	return out, nil
}

func (h *Handler) createBucket(_ context.Context, in *bucketInput) (*bucketOutput, error) {
	b := in.Body
	if err := addr.ValidBucket(b.Name); err != nil {
		return nil, unprocessable("body.name", err.Error())
	}
	err := h.emulator.CreateBucket(api.BucketConfig{Name: b.Name, Region: b.Region, ACL: b.ACL, CORS: api.CORSMode(b.CORS), MAZ: b.MAZ})
	switch {
	case errors.Is(err, storage.ErrBucketExists):
		return nil, huma.Error409Conflict("there is a bucket of this name")
	case err != nil:
		return nil, h.broken("creating the bucket", err)
	}
	all, err := h.emulator.Buckets()
	if err != nil {
		return nil, h.broken("reading the bucket back", err)
	}
	for _, have := range all {
		if have.Name == b.Name {
			public, err := h.publicBucket(have)
			return &bucketOutput{public}, err
		}
	}
	return nil, huma.Error409Conflict("the bucket was deleted in the same moment")
}

func (h *Handler) deleteBucket(_ context.Context, in *bucketNameInput) (*struct{}, error) {
	err := h.emulator.DeleteBucket(in.Name)
	switch {
	case errors.Is(err, storage.ErrNoBucket):
		return nil, huma.Error404NotFound("no such bucket")
	case errors.Is(err, storage.ErrBucketNotEmpty):
		return nil, huma.Error409Conflict("the bucket is not empty")
	case err != nil:
		return nil, h.broken("deleting the bucket", err)
	}
	return nil, nil
}
